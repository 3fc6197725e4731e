"""What happens, in order, across the modules: each flow reads like the list in docs/flow.md."""
