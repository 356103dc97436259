namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>The damaged pages found so far; named up to a limit, counted beyond it.</summary>
internal sealed class DamageList
{
    private readonly List<PageDamage> _named = [];

    public long Total { get; private set; }

    public IReadOnlyList<PageDamage> Named => _named;

    public void Add(uint page, string reason, string? owner)
    {
        Total++;
        if (_named.Count < SqliteImageSummary.MaximumDamage) _named.Add(new PageDamage(page, reason, owner));
    }
}
