"""What both admins stand on: the operator's on the public site, and each tenant's own. Apps add desks in `admin.py`."""
