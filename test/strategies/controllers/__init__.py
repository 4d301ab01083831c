"""Small controllers for Hummingbot's base classes and executors; they are copied into an instance and run there."""
