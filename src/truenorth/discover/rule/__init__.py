"""What is made of each kind of table: a room of rules, one file for each field of business."""
