using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Repositories;

/// <summary>How storage that is not on this machine is used.</summary>
public sealed record StorageOptions
{
    /// <summary>The value of a variable of the environment, or null.</summary>
    public required Func<string, string?> Environment { get; init; }

    public RepositoryCredentials Credentials { get; init; } = RepositoryCredentials.FromEnvironment;

    /// <summary>Where secrets come from that no program on the way to the storage is to see.</summary>
    public IReadOnlyList<PassphraseSource?> Secrets { get; init; } = [];

    /// <summary>Below this folder copies of indexes and folders are kept; null keeps none.</summary>
    public FilePath? Cache { get; init; }

    /// <summary>How long a storage is tried that was never reached; shorter where there is another to go on with.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    public StorageSettings Settings { get; init; } = StorageSettings.Standard;

    /// <summary>Bytes a second that are written at most; null for no limit.</summary>
    public long? UploadLimit { get; init; }

    /// <summary>Bytes a second that are read at most; null for no limit.</summary>
    public long? DownloadLimit { get; init; }

    /// <summary>Told what is tried again and what is slower than it could be, in a sentence.</summary>
    public required Action<string> Notice { get; init; }

    /// <summary>Where copies are kept by default; null where no folder for such things is known.</summary>
    /// <exception cref="HoldfastException">Usage: HOLDFAST_CACHE is no path.</exception>
    public static FilePath? CacheFrom(Func<string, string?> environment, FilePath currentDirectory)
    {
        if (environment("HOLDFAST_CACHE") is { Length: > 0 } own) return FilePath.Absolute(own, currentDirectory);
        // The XDG base directory specification has relative paths ignored.
        if (environment("XDG_CACHE_HOME") is ['/', ..] cache) return FilePath.From(cache).Combine("holdfast");
        return environment("HOME") is ['/', ..] home ? FilePath.From(home).Combine(".cache").Combine("holdfast") : null;
    }
}
