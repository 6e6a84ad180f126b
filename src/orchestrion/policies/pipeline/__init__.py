"""The rule pipeline: ordered rules of filters, sorts and an action, as order-management systems speak of them."""
