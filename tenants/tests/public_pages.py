"""The public site of the tests of the middleware."""

from django.urls import path

from tenants.tests.pages import relaxed, where

urlpatterns = [path("", where), path("api/v1/schema/", relaxed)]
