namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>What a draft cannot know, as examples that a person uncomments: each is a key of the manifest as it would stand there.</summary>
internal static class DraftExamples
{
    internal const string Databases = """
        databases:
          main:
            sqlite: data/app.db
        """;

    internal const string Files = """
        files:
          config: [config.yaml, .env]
        """;

    internal const string Backup = """
        backup:
          before: [./appctl flush]          # one that fails stops the backup
          after: [./appctl backup-done]     # always run; HOLDFAST_OUTCOME says how it went
          suspicious_drop: 50%              # warn when this share of the rows or bytes is gone since the last proven backup
          keep: { daily: 7, weekly: 4, monthly: 12 }    # which ones `holdfast forget` keeps
        """;

    /// <param name="application">A valid name.</param>
    internal static string Service(string application) => $"""
        service:
          systemd: {application}            # or start:, stop: and status: with programs; or process: with a pid_file
          health: http://127.0.0.1:8080/health
        """;

    /// <param name="application">A valid name.</param>
    internal static string Archives(string application) => $"""
        archives:
          plain:
            folder: /var/backups/{application}-files
            format: tar.zst                 # also tar.gz, db, sql, sql.gz, each also with .gpg
            keep_last: 7
        """;
}
