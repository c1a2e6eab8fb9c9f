"""Several machines: what collectors know, over NATS JetStream, and fleets of viewers made of it."""
