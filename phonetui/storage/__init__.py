"""Small JSON files that several programs of one user share.

json_store ──► writer    a document in memory and in a file, and which programs share it; who waits for locks and disks
"""
