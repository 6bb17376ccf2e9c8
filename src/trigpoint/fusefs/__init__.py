"""The read-only file system of FastFile channels: objects of a bucket, shown as files to one process.

mounts       mounts the trees for a program and serves them; the entry point of this package
enter        the script that runs in the program's place until the mounts exist
server       answers the kernel's requests for one mounted tree
protocol     the part of the FUSE protocol that a read-only tree needs
tree         what a tree must offer to be shown
folder_view  the tree of the objects with a prefix
object_file  one object while it is read
"""
