"""Instance directories, links into a checkout, uninstalling, versions."""
