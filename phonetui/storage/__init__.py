"""Small files that several programs of one user share.

json_store ──► writer      a document in memory and in a file; who waits for locks and disks
           └─► notices     what cannot be kept, told once
owners                     which of those programs still run
"""
