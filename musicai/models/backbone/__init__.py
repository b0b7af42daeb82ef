"""Networks whose body was trained before and is frozen, with a head of their own."""
