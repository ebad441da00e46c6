"""Who may look and who may send: accounts, sign-ins, links to a page, capture keys, and a line for each change."""
