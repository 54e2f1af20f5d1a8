"""An inbox on another machine: what is ready there is brought into the home, and removed there once it is stored here."""
