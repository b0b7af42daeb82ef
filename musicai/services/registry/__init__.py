"""The registry: versions of models in the catalogue, their files in the model store, and an audit trail."""
