"""CaloGAN (Paganini, de Oliveira, Nachman, arXiv:1705.02355): showers in a three-layer calorimeter."""
