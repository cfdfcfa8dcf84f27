"""What scripts/bench is made of: servers, systems, workloads, targets and reports."""
