"""How good a model is on held-out tracks, how sure one can be of that, and whether another is better.

Light: numpy, scipy and Pillow, so that the command line may compare models without torch.
"""
