"""What the inbox pages show, made from the shapes: values ready for templates, no HTML and no rules."""
