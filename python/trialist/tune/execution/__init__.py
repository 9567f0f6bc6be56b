"""What trials need."""
