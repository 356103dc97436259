using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Served;

/// <summary>A dump, wherever it is.</summary>
/// <param name="Origin">Where it comes from, for messages.</param>
/// <param name="Format">In which form it is.</param>
/// <param name="Record">What it holds, as it was found when it was made; null when nobody knows.</param>
/// <param name="Bytes">Its size, for the progress.</param>
/// <param name="WriteAsync">Writes it and tells how many bytes were written; to be called once.</param>
internal sealed record DumpSource(
    string Origin, DumpFormat Format, DatabaseRecord? Record, long Bytes, Func<Stream, Action<long>, CancellationToken, Task> WriteAsync);
