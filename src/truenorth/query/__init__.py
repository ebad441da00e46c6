"""A question, its plan, its SQL, its answer."""
