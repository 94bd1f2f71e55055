"""Line models: boosted trees that say of each line of a text how likely people would keep it."""
