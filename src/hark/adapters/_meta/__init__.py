"""What the platforms of Meta share: signed webhooks, the Graph API with its errors and pages, ids and times
as they write them."""
