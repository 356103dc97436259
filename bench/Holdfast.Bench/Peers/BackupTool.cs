namespace Holdfast.Bench.Peers;

/// <summary>A way to restore the newest snapshot into a directory.</summary>
internal sealed record RestoreWay(string Label, Func<string, ProgramRun> Into);

/// <summary>A backup program with an encrypted repository in a directory of its own.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Directory">Where its repository and its cache are; emptied before each run.</param>
/// <param name="Initialize">Makes the repository.</param>
/// <param name="Backup">Backs up one file as a snapshot of the given name.</param>
/// <param name="Restores">The ways to restore; the last one verifies most.</param>
internal sealed record BackupTool(
    string Name, string Directory, ProgramRun Initialize, Func<string, string, ProgramRun> Backup, IReadOnlyList<RestoreWay> Restores)
{
    private const string Passphrase = "a passphrase for the benchmark";

    public string Repository => Path.Combine(Directory, "repository");

    /// <summary>restic with its defaults: compression auto, content-defined chunks.</summary>
    public static BackupTool Restic(string work)
    {
        var directory = Path.Combine(work, "restic");
        ProgramRun Run(params string[] arguments) => new("restic", arguments, work, Variables(
            ("RESTIC_REPOSITORY", Path.Combine(directory, "repository")),
            ("RESTIC_PASSWORD", Passphrase),
            ("RESTIC_CACHE_DIR", Path.Combine(directory, "cache"))));
        return new(
            "restic",
            directory,
            Run("init", "--repository-version", "2"),
            (file, _) => Run("backup", "--quiet", file),
            [
                new("restore", target => Run("restore", "--quiet", "latest", "--target", target)),
                new("restore --verify", target => Run("restore", "--quiet", "latest", "--target", target, "--verify")),
            ]);
    }

    /// <summary>borg with its defaults but for encryption and, as asked, compression.</summary>
    public static BackupTool Borg(string work, string compression)
    {
        var name = "borg " + compression;
        var directory = Path.Combine(work, name.Replace(' ', '-').Replace(',', '-'));
        Dictionary<string, string> variables = Variables(
            ("BORG_REPO", Path.Combine(directory, "repository")), ("BORG_PASSPHRASE", Passphrase), ("BORG_BASE_DIR", Path.Combine(directory, "home")));
        ProgramRun Run(params string[] arguments) => new("borg", arguments, directory, variables);
        return new(
            name,
            directory,
            Run("init", "-e", "repokey-blake2"),
            (file, snapshot) => Run("create", "--compression", compression, "::" + snapshot, file),
            [new("extract", target => Run("extract", "::second") with { Directory = target })]);
    }

    public static BackupTool Holdfast(string work, string program)
    {
        var directory = Path.Combine(work, "holdfast");
        ProgramRun Run(params string[] arguments) => new(program, arguments, work, Variables(
            ("HOLDFAST_REPOSITORY", Path.Combine(directory, "repository")),
            ("HOLDFAST_PASSPHRASE", Passphrase),
            ("HOLDFAST_STATE", Path.Combine(directory, "state"))));
        return new(
            "Holdfast",
            directory,
            Run("init"),
            (file, _) => Run("backup", file),
            [new("restore", target => Run("restore", "latest", "--target", target))]);
    }

    private static Dictionary<string, string> Variables(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal);
}
