"""The nouns: nodes, SKUs, requests, orders, plans; the World they live in; the schema of facts."""
