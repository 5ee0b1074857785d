"""elearn: social media policy training, signature and account access for academy trusts."""

__version__ = "0.1.0"
