namespace Holdfast.Engine.Secrets;

/// <summary>What a passphrase opens; says what to do when its source gives none.</summary>
public sealed record PassphrasePurpose
{
    private PassphrasePurpose()
    {
    }

    public static readonly PassphrasePurpose Repository = new()
    {
        UnsetHint = "set it to the repository's passphrase, or give --passphrase-file",
        LostFileHint = "check the path; if the file is lost, type the passphrase from the recovery sheet into it and make it private with chmod 600",
        EmptyHint = "a repository is never without a passphrase",
    };

    public static readonly PassphrasePurpose Archive = new()
    {
        UnsetHint = "set it to the archive's passphrase, which is not the repository's, or give --archive-passphrase-file",
        LostFileHint = "check the path, or name the file with the archive's passphrase, which is not the repository's: --archive-passphrase-file",
        EmptyHint = "an encrypted archive is never without a passphrase",
    };

    public static readonly PassphrasePurpose Database = new()
    {
        UnsetHint = "set it to the password of the database's role",
        LostFileHint = "check the path, or write the password of the database's role into it and make it private with chmod 600",
        EmptyHint = "where no password is needed, leave the key out",
    };

    /// <summary>For a variable that is not set.</summary>
    public required string UnsetHint { get; init; }

    /// <summary>For a file that is not there.</summary>
    public required string LostFileHint { get; init; }

    /// <summary>For a source that gives nothing.</summary>
    public required string EmptyHint { get; init; }
}
