"""Service level objectives of OpenSLO, Sloth and Pyrra, and the PromQL in them, as objectives and metrics of ours."""
