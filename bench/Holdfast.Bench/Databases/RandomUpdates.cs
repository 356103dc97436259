using Microsoft.Data.Sqlite;

namespace Holdfast.Bench.Databases;

/// <summary>Updates of rows at random in the large tables, weighted so that the pages of all of them change alike.</summary>
internal sealed class RandomUpdates(SqliteConnection connection, Dice dice) : IDisposable
{
    private readonly Statement _value = new(connection, "UPDATE metrics SET value = ? WHERE id = ?");
    private readonly Statement _time = new(connection, "UPDATE metrics SET ts = ts + 1 WHERE id = ?");
    private readonly Statement _session = new(connection, "UPDATE audit_logs SET session = ? WHERE id = ?");
    private readonly Statement _document = new(
        connection,
        $"UPDATE scans SET document = substr(document, 1, length(document) - {ScanDocument.TailLength}) || ? || '\"}}' WHERE id = ?");

    private readonly int _metrics = Rows(connection, "metrics");
    private readonly int _scans = Rows(connection, "scans");
    private readonly int _audits = Rows(connection, "audit_logs");

    public void Next()
    {
        switch (dice.Below(100))
        {
            case < 22:
                _value.Bind(dice.Below(1_000_000) / 128.0).Bind(1 + dice.Below(_metrics)).Run();
                break;
            case < 44:
                _time.Bind(1 + dice.Below(_metrics)).Run();
                break;
            case < 80:
                _document.Bind(dice.Hex(ScanDocument.TailLength - 2)).Bind(1 + dice.Below(_scans)).Run();
                break;
            default:
                _session.Bind(dice.Hex(16)).Bind(1 + dice.Below(_audits)).Run();
                break;
        }
    }

    public void Dispose()
    {
        _value.Dispose();
        _time.Dispose();
        _session.Dispose();
        _document.Dispose();
    }

    private static int Rows(SqliteConnection connection, string table) => (int)Statement.Number(connection, $"SELECT max(id) FROM {table}");
}
