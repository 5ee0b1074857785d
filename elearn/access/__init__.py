"""Business social media accounts and the gate that decides who may use them."""
