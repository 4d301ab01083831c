"""Other versions and forks of Peatio, each as its difference from the core."""
