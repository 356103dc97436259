using System.Globalization;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Somebody who is connected to a database.</summary>
public sealed record PostgresSession(int Process, string Role, string Program, string Client, string State)
{
    /// <summary>For a person.</summary>
    public string Words => string.Create(
        CultureInfo.InvariantCulture, $"process {Process}, role {Quoted.Text(Role)}, program {Quoted.Text(Program)}, from {Client}, {State}");
}
