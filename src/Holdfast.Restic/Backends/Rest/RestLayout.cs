namespace Holdfast.Restic.Backends.Rest;

/// <summary>Which address a file has (section 2.3): the server, not the client, spreads packs over folders.</summary>
/// <param name="root">Ends with a slash.</param>
internal sealed class RestLayout(Uri root)
{
    public Uri Create { get; } = new(root, "?create=true");

    public Uri Of(FileHandle handle) =>
        handle.Type == FileType.Config ? new Uri(root, "config") : new Uri(root, $"{Directory(handle.Type)}/{handle.Id}");

    public Uri ListOf(FileType type) => new(root, Directory(type) + "/");

    private static string Directory(FileType type) => type switch
    {
        FileType.Key => "keys",
        FileType.Lock => "locks",
        FileType.Snapshot => "snapshots",
        FileType.Index => "index",
        FileType.Pack => "data",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
