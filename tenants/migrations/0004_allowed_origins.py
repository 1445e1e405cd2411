"""The origins of other sites whose pages may call a tenant's API."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_one_time_links")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="allowed_origins",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=270), blank=True, default=list, size=None
            ),
        ),
    ]
