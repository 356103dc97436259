using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends;

/// <summary>What every backend can do by means of its basic operations.</summary>
public static class BackendExtensions
{
    private const int Attempts = 3;

    /// <inheritdoc cref="IBackend.ReadAllAsync"/>
    public static Task<byte[]> ReadAllAsync(this IBackend backend, FileHandle handle, CancellationToken cancellationToken) =>
        backend.ReadAllAsync(handle, cancellationToken);

    /// <summary>
    /// Asks for the size first. A file that is replaced by one of another size while it is read is read again.
    /// </summary>
    internal static async Task<byte[]> ReadBySizeAsync(IBackend backend, FileHandle handle, CancellationToken cancellationToken)
    {
        var size = await backend.SizeAsync(handle, cancellationToken);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (size > Array.MaxLength)
            {
                throw new HoldfastException(FailureKind.Damaged, $"{handle} in {backend.Location} is impossibly large ({size} bytes)");
            }

            var content = new byte[size];
            var complete = await backend.TryReadAsync(handle, content, cancellationToken);
            var sizeAfter = await backend.SizeAsync(handle, cancellationToken);
            if (complete && sizeAfter == size) return content;
            size = sizeAfter;
        }

        throw new HoldfastException(FailureKind.Damaged, $"{handle} in {backend.Location} changes while it is read");
    }

    private static async Task<long> SizeAsync(this IBackend backend, FileHandle handle, CancellationToken cancellationToken) =>
        await backend.StatAsync(handle, cancellationToken)
        ?? throw new HoldfastException(FailureKind.NotFound, $"{handle} does not exist in {backend.Location}");

    // False when the file has become shorter than its size said.
    private static async Task<bool> TryReadAsync(this IBackend backend, FileHandle handle, Memory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            await backend.ReadAsync(handle, 0, content, cancellationToken);
            return true;
        }
        catch (HoldfastException e) when (e.Kind == FailureKind.Damaged)
        {
            return false;
        }
    }
}
