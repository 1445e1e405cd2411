import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0009_notifications'),
    ]

    operations = [
        migrations.CreateModel(
            name='ScheduledMessage',
            fields=[
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='schedule', serialize=False, to='conversations.message')),
                ('due_at', models.DateTimeField()),
                ('cancels_on_reply', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [models.Index(fields=['due_at'], name='scheduled_due')],
            },
        ),
        migrations.AlterField(
            model_name='message',
            name='status',
            field=models.CharField(choices=[('scheduled', 'Scheduled'), ('canceled', 'Canceled'), ('queued', 'Queued'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('read', 'Read'), ('played', 'Played'), ('failed', 'Failed'), ('received', 'Received')], max_length=10),
        ),
    ]
