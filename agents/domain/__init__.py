"""What every stage knows: verdicts, ports, rules, and the circuit breaker."""
