"""The reach monitor: the indicators that a municipality and its jeugdregio can follow every year."""
