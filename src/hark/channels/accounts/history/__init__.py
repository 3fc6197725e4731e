"""How far the import of an account's earlier conversations is, and when its gaps were last looked for."""
