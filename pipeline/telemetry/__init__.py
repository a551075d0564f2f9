"""What people see: metrics, traces, logs and the HTTP port that serves them."""
