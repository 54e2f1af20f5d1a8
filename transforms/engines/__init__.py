"""Where the SELECTs of the models run: one interface, and what carries it out on this machine or on several."""
