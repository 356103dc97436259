namespace Holdfast.Engine.Files;

/// <summary>What makes two names one file: the device (st_dev) and the inode on it.</summary>
public readonly record struct FileIdentity(ulong Device, ulong Inode);
