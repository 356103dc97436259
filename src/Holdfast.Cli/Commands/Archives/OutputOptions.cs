using System.CommandLine;
using Holdfast.Cli.Commands.Databases;
using Holdfast.Engine.Archives;
using Holdfast.Engine.Archives.Packing;
using Holdfast.Engine.Files;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Archives;

/// <summary>What a backup is told of the file that it writes also.</summary>
internal sealed class OutputOptions
{
    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Write the backup also into this file: .tar.gz, .tar.zst, .db, .bak, .sql, .sql.gz, each also with .gpg; or, of a PostgreSQL database, .dump, .sql, .sql.gz. Needs no repository.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _databaseOnly = new("--db-only") { Description = "The file of --output is to hold a database and nothing else." };

    private readonly Option<string?> _database = new("--database") { Description = "Which database, for a file of --output that holds one.", HelpName = "NAME" };

    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "The file of --output may be there already and is replaced." };

    private readonly ArchivePassphraseOptions _passphrase = new();

    internal void AddTo(Command command)
    {
        command.Options.Add(_output);
        command.Options.Add(_databaseOnly);
        command.Options.Add(_database);
        command.Options.Add(_overwrite);
        _passphrase.AddTo(command);
    }

    /// <summary>What --output asks for; null without it. What cannot work is told before anything is done.</summary>
    internal async Task<RequestedArchive?> RequestedAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_output) is not { } output)
        {
            return arguments.GetValue(_databaseOnly) || arguments.GetValue(_database) is not null || arguments.GetValue(_overwrite)
                ? throw new HoldfastException(FailureKind.Usage, "--db-only, --database and --overwrite are about the file of --output, and there is none", "give --output FILE")
                : null;
        }

        var file = FilePath.Absolute(output, session.CurrentDirectory);
        var format = ArchiveFormat.OfName(FilePath.From(file.Name.Span).ToString());
        if (arguments.GetValue(_databaseOnly) && format.Kind == ArchiveKind.Tar)
            throw new HoldfastException(FailureKind.Usage, $"--db-only writes a database, and {Quoted.Text(output)} is to be a {format.Extension}", "let the name end in .db, .bak or .sql");
        // Only asked whether it could be made: nobody wants to learn of it after the backup.
        if (format.Kind != ArchiveKind.Tar) ArchiveMeta.RequirePlace(file);
        PendingFile.Create(file, arguments.GetValue(_overwrite)).Dispose();
        if (format.Encrypted) GpgProgram.Require();
        var passphrase = format.Encrypted ? await _passphrase.ReadAsync(session, arguments, null, cancellationToken) : null;
        if (format.Encrypted && passphrase is null)
            throw new HoldfastException(FailureKind.Usage, "the file of --output is to be encrypted, and no passphrase for it is given", $"set {ArchivePassphrase.Variable}, or give --archive-passphrase-file or --archive-passphrase-command");
        return new RequestedArchive(file, format, arguments.GetValue(_database), arguments.GetValue(_overwrite), passphrase);
    }

    /// <summary>The dump of a PostgreSQL database that --output asks for; null for anything else.</summary>
    internal RequestedDump? RequestedDump(Session session, ParseResult arguments)
    {
        if (arguments.GetValue(_output) is not { } output || DumpFileName.Meant(session, output, arguments.GetValue(_database)) is not { } format) return null;
        var served = session.Manifest?.Application.ServedDatabases ?? [];
        if (arguments.GetValue(_database) is null && served.Count > 1)
            throw new HoldfastException(FailureKind.Usage, $"the application has {served.Count} databases of PostgreSQL, and a dump holds one", $"say which with --database NAME: {string.Join(", ", served.Select(one => Quoted.Text(one.Name)))}");
        var dump = new RequestedDump(FilePath.Absolute(output, session.CurrentDirectory), format, arguments.GetValue(_database), arguments.GetValue(_overwrite));
        // Only asked whether it could be made: nobody wants to learn of it after the backup.
        PendingFile.Create(dump.File, dump.Overwrite).Dispose();
        return dump;
    }

    /// <summary>The same in what the journal keeps.</summary>
    internal BackupRequest Apply(ParseResult arguments, BackupRequest request) =>
        request with { Output = arguments.GetValue(_output), Database = arguments.GetValue(_database), Overwrite = arguments.GetValue(_overwrite) };

    /// <summary>The passphrase for the archives of a declared folder.</summary>
    internal Func<PassphraseSource?, CancellationToken, Task<Passphrase?>> PassphraseFor(Session session, ParseResult arguments) =>
        _passphrase.Reading(session, arguments);
}
