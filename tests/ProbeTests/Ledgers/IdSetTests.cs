using CsCheck;
using HaPgAspire.Probe.Ledgers;

namespace HaPgAspire.ProbeTests.Ledgers;

/// <summary>A set of ranges is a set, whatever is done to it in whatever order.</summary>
public sealed class IdSetTests
{
    private static readonly Gen<IdRange> Ranges = Gen.Select(Gen.Long[0, 60], Gen.Long[0, 8], (first, more) => new IdRange(first, first + more));

    [Fact]
    public void Adding_and_removing_ranges_is_adding_and_removing_their_ids() =>
        Gen.Select(Gen.Bool, Ranges).Array[0, 40].Sample(steps =>
        {
            var ids = new IdSet();
            var model = new SortedSet<long>();
            foreach (var (add, range) in steps)
            {
                var members = Members(range).ToList();
                var changed = add ? members.Count(id => !model.Contains(id)) : members.Count(model.Contains);
                Assert.Equal(changed, add ? ids.Add(range) : ids.Remove(range));
                if (add)
                {
                    model.UnionWith(members);
                }
                else
                {
                    model.ExceptWith(members);
                }

                Assert.Equal(model, ids.Ranges.SelectMany(Members));
                Assert.Equal(model.Count, ids.Count);
                Assert.All(ids.Ranges.Zip(ids.Ranges.Skip(1)), pair => Assert.True(pair.First.Last + 1 < pair.Second.First));
                Assert.All(Enumerable.Range(0, 70), id => Assert.Equal(model.Contains(id), ids.Contains(id)));
            }
        });

    [Fact]
    public void Difference_and_intersection_are_those_of_the_ids() =>
        Gen.Select(Ranges.Array[0, 12], Ranges.Array[0, 12]).Sample((left, right) =>
        {
            var (one, other) = (new IdSet(left), new IdSet(right));
            var (ids, others) = (left.SelectMany(Members).ToHashSet(), right.SelectMany(Members).ToHashSet());
            Assert.Equal(ids.Except(others).Order(), one.Except(other).Ranges.SelectMany(Members));
            Assert.Equal(ids.Intersect(others).Order(), one.Intersect(other).Ranges.SelectMany(Members));
        });

    private static IEnumerable<long> Members(IdRange range)
    {
        for (var id = range.First; id <= range.Last; id++)
        {
            yield return id;
        }
    }
}
