"""Sources: reads published tables as downloaded, writes data/raw, and loads data/raw with its description checked."""
