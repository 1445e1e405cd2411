"""Addresses of the web chat."""

from django.urls import path

from conversations.web_chat import views

urlpatterns = [
    path("chat/widget.js", views.script),
    path("chat/<uuid:outlet_id>/", views.page),
    path("chat/<uuid:outlet_id>/visits/", views.visits),
    path("chat/<uuid:outlet_id>/messages/", views.messages),
    path("chat/<uuid:outlet_id>/receipts/", views.receipts),
]
