"""Beyond one machine: what collectors know, over NATS JetStream, and fleets of viewers that are attached to it."""
