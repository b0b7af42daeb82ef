"""What every picture of MusicAI is drawn with: a surface, its letters, a colour per genre. Pillow alone."""
