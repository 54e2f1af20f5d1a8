"""How Prefect runs our flows: its home and server, the night as one command, deployments, tasks, artifacts."""
