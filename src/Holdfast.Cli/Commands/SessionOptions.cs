using Holdfast.Engine.Files;
using Holdfast.Engine.Repositories;

namespace Holdfast.Cli.Commands;

/// <summary>The global options as given.</summary>
internal sealed record SessionOptions(string? Repository, string? Config, string? PassphraseFile, string? PassphraseCommand, bool Json, bool Quiet)
{
    /// <summary>Work without a manifest, also where there is one.</summary>
    public bool NoManifest { get; init; }

    /// <summary>Keep no copies of what is far away.</summary>
    public bool NoCache { get; init; }

    /// <summary>Bytes a second; null for no limit.</summary>
    public long? UploadLimit { get; init; }

    /// <inheritdoc cref="UploadLimit"/>
    public long? DownloadLimit { get; init; }

    /// <summary>Requests at the same time; null leaves it to the manifest.</summary>
    public int? Connections { get; init; }

    /// <summary>A manifest that is broken is left out, with a warning, where repository and passphrase are named.</summary>
    public bool SparesBrokenManifest { get; init; }

    /// <summary>The repository goes away with the command.</summary>
    public bool IsScratch { get; init; }

    /// <summary>The repository is one of several of the manifest, and the others are gone on with when it cannot be reached.</summary>
    public bool IsOneOfSeveral { get; init; }

    /// <summary>Relative paths are meant from here; null for the working directory.</summary>
    public FilePath? Folder { get; init; }

    /// <summary>The repository that is named, while another stands in for it; null for none.</summary>
    public RepositoryAddress? Behind { get; init; }
}
