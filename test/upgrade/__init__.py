"""Files that earlier versions wrote, and files of versions to come."""
